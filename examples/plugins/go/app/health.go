package main

import (
	"context"
	"net/http"

	"github.com/jackc/pgx/v5/pgxpool"
)

type healthAnswer struct {
	Status string `json:"status"`
	Detail string `json:"detail,omitempty"`
}

// GET /health: 200 once a pooled connection answers a statement, 503 while none does; 200 without a database.
func health(pool *pgxpool.Pool) endpoint {
	return func(ctx context.Context) (int, any, error) {
		if pool != nil {
			if err := ask(ctx, pool); err != nil {
				return http.StatusServiceUnavailable, healthAnswer{"unreachable", unreachable(err).Error()}, nil
			}
		}
		return http.StatusOK, healthAnswer{Status: "ok"}, nil
	}
}

func ask(ctx context.Context, pool *pgxpool.Pool) error {
	connection, err := acquire(ctx, pool)
	if err != nil {
		return err
	}
	defer connection.Release()
	_, err = connection.Exec(ctx, "SELECT 1")
	return err
}
