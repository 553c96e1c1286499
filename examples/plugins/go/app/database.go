package main

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Longer than any run: connections stay. By default pgxpool closes one that is an hour old, or idle for half of that.
const forGood = 10 * 365 * 24 * time.Hour

// Connects once, so that a wrong address ends the start, and gives a pool that connects when it is asked; nil where no
// database was asked for. All workers share the one pool, of POOL_SIZE for each.
func openPool(ctx context.Context, settings *settings) (*pgxpool.Pool, error) {
	config := settings.database
	if config == nil {
		return nil, nil
	}
	config.MaxConns = int32(min(settings.workers*settings.poolSize, math.MaxInt32))
	config.MinConns = 0
	config.MaxConnLifetime = forGood
	config.MaxConnIdleTime = forGood

	once, cancel := context.WithTimeout(ctx, poolTimeout)
	defer cancel()
	connection, err := pgx.ConnectConfig(once, config.ConnConfig.Copy())
	if err != nil {
		return nil, unreachable(err)
	}
	if err := connection.Close(once); err != nil {
		return nil, unreachable(err)
	}
	return pgxpool.NewWithConfig(ctx, config)
}

// Says in one line why there is no connection; pgx tells host, user and database, and never the password.
func unreachable(err error) error {
	seen := strings.Join(strings.Fields(err.Error()), " ")
	return fmt.Errorf("DATABASE_URL: saw '%s', expected a PostgreSQL that answers there", seen)
}

// Takes a connection, after a wait of at most poolTimeout. Whoever asks gives it back.
func acquire(ctx context.Context, pool *pgxpool.Pool) (*pgxpool.Conn, error) {
	waiting, cancel := context.WithTimeout(ctx, poolTimeout)
	defer cancel()
	return pool.Acquire(waiting)
}
