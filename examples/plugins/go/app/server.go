package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Gives the routes; those of the database are there only when it is.
func routes(settings *settings, pool *pgxpool.Pool) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /health", answering(health(pool)))
	mux.Handle("GET /facts", answering(readFacts(settings, pool)))
	addSleeps(mux, settings)
	if pool != nil {
		mux.Handle("GET /users", answering(readUsers(pool)))
		mux.Handle("POST /io-intensive", ioIntensive(settings.units, pool))
	}
	return mux
}

// Serves until the context ends; requests under way are answered first.
func serve(ended context.Context, settings *settings, handler http.Handler) error {
	address := net.JoinHostPort(settings.host, strconv.Itoa(settings.port))
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("HOST, PORT: saw '%w', expected an address that is free to listen on", err)
	}
	server := &http.Server{Handler: handler}
	slog.Info("serving on " + address)

	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		return fmt.Errorf("cannot serve: %w", err)
	case <-ended.Done():
		return server.Shutdown(context.Background())
	}
}

// What a route answers: a status and a value that becomes JSON, or an error.
type endpoint func(ctx context.Context) (status int, body any, err error)

// Answers a request that needs no body. The work goes on when the client leaves: pgx closes a connection whose query is
// called off, and a load whose clients hang up would be one of reconnecting.
func answering(ask endpoint) http.HandlerFunc {
	return func(writer http.ResponseWriter, request *http.Request) {
		status, body, err := ask(context.WithoutCancel(request.Context()))
		if err != nil {
			failed(writer, err)
			return
		}
		answer(writer, status, body)
	}
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
