package main

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

const largestBodyBytes = 1 << 20

// How much was done, how long it took in seconds, and when it was over in Unix seconds.
type done struct {
	FileOperations int     `json:"file_operations"`
	DBOperations   int     `json:"db_operations"`
	ExecutionTime  float64 `json:"execution_time"`
	Timestamp      float64 `json:"timestamp"`
}

// POST /io-intensive: the body is an object, and nothing in it is asked for.
func ioIntensive(units units, pool *pgxpool.Pool) http.HandlerFunc {
	return func(writer http.ResponseWriter, request *http.Request) {
		var body map[string]any
		if err := json.NewDecoder(http.MaxBytesReader(writer, request.Body, largestBodyBytes)).Decode(&body); err != nil {
			http.Error(writer, "expected a JSON object", http.StatusBadRequest)
			return
		}
		answering(func(ctx context.Context) (int, any, error) {
			return runUnits(ctx, units, pool)
		})(writer, request)
	}
}

func runUnits(ctx context.Context, units units, pool *pgxpool.Pool) (int, any, error) {
	began := time.Now()
	for range units.file {
		if err := runFileUnit(); err != nil {
			return 0, nil, err
		}
	}
	if err := runDatabaseUnits(ctx, pool, units); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, done{
		FileOperations: units.file,
		DBOperations:   units.database,
		ExecutionTime:  time.Since(began).Seconds(),
		Timestamp:      unixSeconds(),
	}, nil
}

func unixSeconds() float64 {
	return float64(time.Now().UnixMicro()) / 1e6
}
