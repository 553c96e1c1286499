// The app that is served: /health, /facts and the workload users. Environment and database are checked first, so that
// a wrong one ends in a single line and a code that is not zero.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	exitFailed         = 1
	exitBadEnvironment = 2

	// Longer than any run: connections stay. By default one is closed now and then.
	forGood = 10 * 365 * 24 * time.Hour
)

func main() {
	err := run()
	if err == nil {
		return
	}
	fmt.Fprintf(os.Stderr, "app: %v\n", err)
	var wrong *settingsError
	if errors.As(err, &wrong) {
		os.Exit(exitBadEnvironment)
	}
	os.Exit(exitFailed)
}

func run() error {
	settings, err := readSettings()
	if err != nil {
		return err
	}
	// One worker is one core's worth, as it is for a server of single-threaded processes.
	runtime.GOMAXPROCS(settings.workers)
	ended, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()

	pool, err := openPool(ended, settings)
	if err != nil {
		return unreachable(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", health(pool))
	mux.HandleFunc("GET /facts", facts(settings, pool))
	if pool != nil {
		defer pool.Close()
		mux.HandleFunc("GET /users", users(pool))
	}
	return serve(ended, net.JoinHostPort(settings.host, strconv.Itoa(settings.port)), mux)
}

// Serves until the context ends; requests under way are answered first.
func serve(ended context.Context, address string, handler http.Handler) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("HOST, PORT: saw '%w', expected an address that is free to listen on", err)
	}
	slog.Info("serving on " + address)
	server := &http.Server{Handler: handler}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		return fmt.Errorf("cannot serve: %w", err)
	case <-ended.Done():
		return server.Shutdown(context.Background())
	}
}

// Connects once, so that a wrong address ends the start, and gives a pool that connects when it is asked.
func openPool(ctx context.Context, settings *settings) (*pgxpool.Pool, error) {
	config := settings.database
	if config == nil {
		return nil, nil
	}
	config.MaxConns = int32(settings.workers * settings.poolSize)
	config.MaxConnLifetime = forGood
	config.MaxConnIdleTime = forGood
	once, cancel := context.WithTimeout(ctx, poolTimeout)
	defer cancel()
	connection, err := pgx.ConnectConfig(once, config.ConnConfig.Copy())
	if err != nil {
		return nil, err
	}
	if err := connection.Close(once); err != nil {
		return nil, err
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
