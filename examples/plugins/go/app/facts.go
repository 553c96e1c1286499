package main

import (
	"context"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
)

const driverModule = "github.com/jackc/pgx/v5"

// Handlers around the routes. net/http cannot list them at run time: whoever adds one adds it here.
var middlewares = []string{}

// A piece of software that takes part, and its version.
type component struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// The answer; the keys are the same in every plugin.
type facts struct {
	Framework component  `json:"framework"`
	Server    component  `json:"server"`
	Driver    *component `json:"driver"`
	// Nil: pgx is no ORM.
	ORM          *component `json:"orm"`
	Language     component  `json:"language"`
	Workers      int        `json:"workers"`
	Threads      int        `json:"threads"`
	PoolSize     *int       `json:"pool_size"`
	EventLoop    string     `json:"event_loop"`
	Debug        bool       `json:"debug"`
	LogLevel     string     `json:"log_level"`
	Middlewares  []string   `json:"middlewares"`
	SleepSeconds float64    `json:"sleep_seconds"`
	FileUnits    int        `json:"file_units"`
	DBUnits      int        `json:"db_units"`
	Transaction  string     `json:"transaction"`
}

// GET /facts: what this process really is, asked of the running objects and of what the linker wrote into the binary.
// Threads, and the workloads' own settings, are repeated from the environment: nothing else holds them.
func readFacts(settings *settings, pool *pgxpool.Pool) endpoint {
	return func(context.Context) (int, any, error) {
		version := strings.TrimPrefix(runtime.Version(), "go")
		build, _ := debug.ReadBuildInfo()
		workers := runtime.GOMAXPROCS(0)
		found := facts{
			Framework:    component{"net/http", version},
			Server:       component{"net/http", version},
			Language:     component{"go", version},
			Workers:      workers,
			Threads:      settings.threads,
			EventLoop:    "goroutines on the runtime's network poller",
			Debug:        optimisationIsOff(build),
			LogLevel:     logLevel(),
			Middlewares:  middlewares,
			SleepSeconds: settings.sleep.Seconds(),
			FileUnits:    settings.units.file,
			DBUnits:      settings.units.database,
			Transaction:  settings.units.transaction,
		}
		if pool != nil {
			found.Driver = &component{"pgx", moduleVersion(build, driverModule)}
			each := int(pool.Config().MaxConns) / workers
			found.PoolSize = &each
		}
		return http.StatusOK, found, nil
	}
}

func moduleVersion(build *debug.BuildInfo, path string) string {
	for _, module := range build.Deps {
		if module.Path == path {
			return strings.TrimPrefix(module.Version, "v")
		}
	}
	return ""
}

// Go has no debug build; "-N" is the compiler's flag for one without optimisation.
func optimisationIsOff(build *debug.BuildInfo) bool {
	for _, setting := range build.Settings {
		if setting.Key == "-gcflags" && strings.Contains(setting.Value, "-N") {
			return true
		}
	}
	return false
}

func logLevel() string {
	for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn} {
		if slog.Default().Enabled(context.Background(), level) {
			return strings.ToLower(level.String())
		}
	}
	return strings.ToLower(slog.LevelError.String())
}
