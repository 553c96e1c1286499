package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	insertUser = "INSERT INTO users (name, email, age, created_at, updated_at) VALUES ($1, $2, $3, $4, $5) RETURNING id"
	updateUser = "UPDATE users SET name = $1, email = $2, age = $3, created_at = $4, updated_at = $5 WHERE id = $6"
	deleteUser = "DELETE FROM users WHERE id = $1"
	countUsers = "SELECT COUNT(*) FROM users"

	inserts = 10
	// So many of the inserted rows, the first ones, are updated.
	updates = 5
)

// A row of the contract's table.
type account struct {
	id                   int32
	name, email          string
	age                  int
	createdAt, updatedAt time.Time
}

// Runs the units one after the other on one connection, which is taken once and goes back at the end. A transaction
// that an error ends is rolled back.
func runDatabaseUnits(ctx context.Context, pool *pgxpool.Pool, units units) error {
	if units.database == 0 {
		return nil
	}
	connection, err := acquire(ctx, pool)
	if err != nil {
		return err
	}
	defer connection.Release()
	if units.transaction == perRequest {
		return pgx.BeginFunc(ctx, connection, func(tx pgx.Tx) error {
			for range units.database {
				if err := changeUsers(ctx, tx); err != nil {
					return err
				}
				if err := count(ctx, tx); err != nil {
					return err
				}
			}
			return nil
		})
	}
	for range units.database {
		if err := pgx.BeginFunc(ctx, connection, func(tx pgx.Tx) error { return changeUsers(ctx, tx) }); err != nil {
			return err
		}
		if err := count(ctx, connection); err != nil {
			return err
		}
	}
	return nil
}

// Does the part of a unit that is one transaction, 26 of its 27 statements, each a round trip of its own.
func changeUsers(ctx context.Context, tx pgx.Tx) error {
	accounts, err := insertAccounts(ctx, tx)
	if err != nil {
		return err
	}
	if err := count(ctx, tx); err != nil {
		return err
	}
	for _, account := range accounts[:updates] {
		account.name = "Updated " + account.name
		account.updatedAt = time.Now().UTC()
		if _, err := tx.Exec(ctx, updateUser, append(account.columns(), account.id)...); err != nil {
			return err
		}
	}
	for _, account := range accounts {
		if _, err := tx.Exec(ctx, deleteUser, account.id); err != nil {
			return err
		}
	}
	return nil
}

func insertAccounts(ctx context.Context, tx pgx.Tx) ([]account, error) {
	unit, err := tag()
	if err != nil {
		return nil, err
	}
	accounts := make([]account, inserts)
	for number := range accounts {
		now := time.Now().UTC()
		account := account{
			name:      fmt.Sprintf("User %s_%d", unit, number),
			email:     fmt.Sprintf("user%s_%d@example.com", unit, number),
			age:       20 + number%50,
			createdAt: now,
			updatedAt: now,
		}
		if err := tx.QueryRow(ctx, insertUser, account.columns()...).Scan(&account.id); err != nil {
			return nil, err
		}
		accounts[number] = account
	}
	return accounts, nil
}

// Gives a row's values in the order of the statements.
func (a account) columns() []any {
	return []any{a.name, a.email, a.age, a.createdAt, a.updatedAt}
}

func count(ctx context.Context, on interface {
	QueryRow(ctx context.Context, sql string, arguments ...any) pgx.Row
}) error {
	var rows int64
	return on.QueryRow(ctx, countUsers).Scan(&rows)
}

// Makes the names of a unit its own: microseconds since 1970, and 8 random hex digits.
func tag() (string, error) {
	random := make([]byte, 4)
	if _, err := rand.Read(random); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d_%s", time.Now().UnixMicro(), hex.EncodeToString(random)), nil
}
