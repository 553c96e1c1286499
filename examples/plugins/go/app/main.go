// The application that the go target serves: reads its environment, opens its pool, serves, ends on a signal.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
)

const (
	exitFailed         = 1
	exitBadEnvironment = 2
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintf(os.Stderr, "fwc-go: %v\n", err)
		var wrong *settingsError
		if errors.As(err, &wrong) {
			os.Exit(exitBadEnvironment)
		}
		os.Exit(exitFailed)
	}
}

func run() error {
	settings, err := settingsFromEnvironment()
	if err != nil {
		return err
	}
	// One worker is one core's worth, as it is for a server of single-threaded processes.
	runtime.GOMAXPROCS(settings.workers)

	ended, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()

	pool, err := openPool(ended, settings)
	if err != nil {
		return err
	}
	if pool != nil {
		defer pool.Close()
	}
	return serve(ended, settings, routes(settings, pool))
}
