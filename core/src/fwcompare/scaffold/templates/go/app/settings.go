package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// How long a request waits for a pooled connection before it fails.
	poolTimeout   = 30 * time.Second
	highestNumber = 65_535
)

// The environment that the runner gives, checked once and before anything starts. Every variable but DATABASE_URL is
// required; the defaults live in target.toml alone, so that no second set of defaults can disagree with the one that a
// report prints.
type settings struct {
	host              string
	port              int
	workers, poolSize int
	// Nil where no workload needs a database.
	database *pgxpool.Config
}

// The environment is wrong; the message is one line.
type settingsError struct {
	variable, seen, expected string
}

func (e *settingsError) Error() string {
	return fmt.Sprintf("%s: saw %s, expected %s", e.variable, e.seen, e.expected)
}

// Reads the variables one by one, and keeps the first error.
type reader struct {
	err error
}

func readSettings() (*settings, error) {
	var read reader
	found := &settings{
		host:     read.text("HOST", "an address to listen on, such as 127.0.0.1"),
		port:     read.number("PORT"),
		workers:  read.number("WORKERS"),
		poolSize: read.number("POOL_SIZE"),
		database: read.database("DATABASE_URL"),
	}
	return found, read.err
}

func (r *reader) fail(variable, seen, expected string) {
	if r.err == nil {
		r.err = &settingsError{variable, seen, expected}
	}
}

func (r *reader) text(variable, expected string) string {
	value := os.Getenv(variable)
	if value == "" {
		r.fail(variable, "nothing", expected)
	}
	return value
}

func (r *reader) number(variable string) int {
	expected := fmt.Sprintf("a whole number from 1 to %d", highestNumber)
	text := r.text(variable, expected)
	number, err := strconv.Atoi(text)
	// Not Atoi alone: it also takes "+5".
	if err != nil || strings.Trim(text, "0123456789") != "" || number < 1 || number > highestNumber {
		r.fail(variable, "'"+text+"'", expected)
	}
	return number
}

func (r *reader) database(variable string) *pgxpool.Config {
	const expected = "a URL like postgresql://user:password@127.0.0.1:5432/database"
	if _, is := os.LookupEnv(variable); !is {
		return nil
	}
	url := r.text(variable, expected)
	// Of a refused URL only the scheme is shown: the rest may hold a password, and this line ends in a log.
	scheme, _, isURL := strings.Cut(url, "://")
	if !isURL {
		r.fail(variable, "a value without '://'", expected)
		return nil
	}
	if scheme != "postgresql" && scheme != "postgres" {
		r.fail(variable, scheme+"://...", expected)
		return nil
	}
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		r.fail(variable, "one that does not parse", expected)
	}
	return config
}
