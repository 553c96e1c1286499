package main

import (
	"context"
	"net/http"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	selectUsers = `SELECT user_id, username, email FROM "user" ORDER BY user_id LIMIT $1`
	usersLimit  = 100
)

// A row of the contract's table, and an object of the answer.
type user struct {
	UserID   string `json:"user_id"`
	Username string `json:"username"`
	Email    string `json:"email"`
}

// GET /users: the first hundred by id.
func readUsers(pool *pgxpool.Pool) endpoint {
	return func(ctx context.Context) (int, any, error) {
		connection, err := acquire(ctx, pool)
		if err != nil {
			return 0, nil, err
		}
		defer connection.Release()
		rows, err := connection.Query(ctx, selectUsers, usersLimit)
		if err != nil {
			return 0, nil, err
		}
		users, err := pgx.CollectRows(rows, pgx.RowToStructByPos[user])
		return http.StatusOK, users, err
	}
}
