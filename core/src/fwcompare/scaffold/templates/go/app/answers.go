package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	selectUsers = `SELECT user_id, username, email FROM "user" ORDER BY user_id LIMIT $1`
	usersLimit  = 100
)

// A row of the workload's table, and an object of the answer.
type user struct {
	UserID   string `json:"user_id"`
	Username string `json:"username"`
	Email    string `json:"email"`
}

// GET /users: the first hundred by id, one SELECT on a pooled connection.
func users(pool *pgxpool.Pool) http.HandlerFunc {
	return func(writer http.ResponseWriter, request *http.Request) {
		// The work goes on when the client leaves: pgx closes a connection whose query is called off.
		found, err := readUsers(context.WithoutCancel(request.Context()), pool)
		if err != nil {
			failed(writer, err)
			return
		}
		answer(writer, http.StatusOK, found)
	}
}

func readUsers(ctx context.Context, pool *pgxpool.Pool) ([]user, error) {
	connection, err := acquire(ctx, pool)
	if err != nil {
		return nil, err
	}
	defer connection.Release()
	rows, err := connection.Query(ctx, selectUsers, usersLimit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[user])
}

// GET /health: 200 once a pooled connection answers a statement, 503 while none does.
func health(pool *pgxpool.Pool) http.HandlerFunc {
	return func(writer http.ResponseWriter, request *http.Request) {
		if pool != nil {
			if err := ask(context.WithoutCancel(request.Context()), pool); err != nil {
				detail := unreachable(err).Error()
				answer(writer, http.StatusServiceUnavailable, map[string]string{"status": "unreachable", "detail": detail})
				return
			}
		}
		answer(writer, http.StatusOK, map[string]string{"status": "ok"})
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

type part struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// GET /facts: what this process really is, asked of the running objects and of what the linker wrote into the binary.
func facts(settings *settings, pool *pgxpool.Pool) http.HandlerFunc {
	version := strings.TrimPrefix(runtime.Version(), "go")
	return func(writer http.ResponseWriter, _ *http.Request) {
		found := map[string]any{
			"framework":   part{"net/http", version},
			"server":      part{"net/http", version},
			"driver":      nil,
			"orm":         nil,
			"language":    part{"go", version},
			"workers":     runtime.GOMAXPROCS(0),
			"threads":     runtime.GOMAXPROCS(0),
			"pool_size":   nil,
			"event_loop":  "goroutines on the runtime's network poller",
			"debug":       withoutOptimisation(),
			"log_level":   logLevel(),
			"middlewares": []string{},
		}
		if pool != nil {
			found["driver"] = part{"pgx", driverVersion()}
			found["pool_size"] = int(pool.Config().MaxConns) / settings.workers
		}
		answer(writer, http.StatusOK, found)
	}
}

func driverVersion() string {
	build, _ := debug.ReadBuildInfo()
	for _, module := range build.Deps {
		if module.Path == "github.com/jackc/pgx/v5" {
			return strings.TrimPrefix(module.Version, "v")
		}
	}
	return ""
}

// Go has no debug build; "-N" is the compiler's flag for one without optimisation.
func withoutOptimisation() bool {
	build, _ := debug.ReadBuildInfo()
	for _, setting := range build.Settings {
		if setting.Key == "-gcflags" && strings.Contains(setting.Value, "-N") {
			return true
		}
	}
	return false
}

func logLevel() string {
	if slog.Default().Enabled(context.Background(), slog.LevelDebug) {
		return "debug"
	}
	return "info"
}

func answer(writer http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		failed(writer, err)
		return
	}
	writer.Header().Set("Content-Type", "application/json")
	writer.WriteHeader(status)
	if _, err := writer.Write(text); err != nil {
		slog.Debug("the client has left", "error", err)
	}
}

// Logs why, and answers 500: a failure is never swallowed.
func failed(writer http.ResponseWriter, err error) {
	slog.Error("request failed", "error", err)
	http.Error(writer, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
}
