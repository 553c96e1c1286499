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
	poolTimeout = 30 * time.Second

	largestNumber = 65_535
	longestSleepS = 3_600
)

const (
	perUnit    = "per-unit"
	perRequest = "per-request"
)

// The environment contract, checked once and before anything starts. Every variable is required but DATABASE_URL; the
// defaults live in target.toml alone, so that no second set of defaults can disagree with the one that a report prints.
type settings struct {
	host string
	port int
	// Nil where no database was asked for.
	database *pgxpool.Config
	workers  int
	threads  int
	poolSize int
	sleep    time.Duration
	units    units
}

// What io-intensive does for one request.
type units struct {
	file        int
	database    int
	transaction string
}

// The environment breaks the contract; the message is one line.
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

func settingsFromEnvironment() (*settings, error) {
	var read reader
	found := &settings{
		host:     read.text("HOST", "an address to listen on, such as 127.0.0.1"),
		port:     read.number("PORT", 1),
		database: read.database("DATABASE_URL"),
		workers:  read.number("WORKERS", 1),
		threads:  read.number("THREADS", 1),
		poolSize: read.number("POOL_SIZE", 1),
		sleep:    read.seconds("SLEEP_SECONDS"),
		units: units{
			file:        read.number("FILE_UNITS", 0),
			database:    read.number("DB_UNITS", 0),
			transaction: read.transaction("TRANSACTION"),
		},
	}
	return found, read.err
}

func (r *reader) fail(variable, seen, expected string) {
	if r.err == nil {
		r.err = &settingsError{variable, seen, expected}
	}
}

// Gives an empty text when there is none, and notes that as an error.
func (r *reader) text(variable, expected string) string {
	value := os.Getenv(variable)
	if value == "" {
		r.fail(variable, "nothing", expected)
	}
	return value
}

func (r *reader) number(variable string, least int) int {
	expected := fmt.Sprintf("a whole number from %d to %d", least, largestNumber)
	text := r.text(variable, expected)
	number, err := strconv.Atoi(text)
	// Not Atoi alone: it also takes "+5", which other languages' targets refuse.
	if err != nil || !onlyDigits(text) || number < least || number > largestNumber {
		r.fail(variable, quoted(text), expected)
	}
	return number
}

func (r *reader) seconds(variable string) time.Duration {
	expected := fmt.Sprintf("a decimal number of seconds from 0 to %d, such as 0.5", longestSleepS)
	text := r.text(variable, expected)
	whole, fraction, hasFraction := strings.Cut(text, ".")
	// Not ParseFloat alone: it also takes "NaN", "1e3", "0x1p-2" and ".5".
	decimal := onlyDigits(whole) && (!hasFraction || onlyDigits(fraction))
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil || !decimal || seconds > longestSleepS {
		r.fail(variable, quoted(text), expected)
		return 0
	}
	return time.Duration(seconds * float64(time.Second))
}

func (r *reader) transaction(variable string) string {
	expected := perUnit + " or " + perRequest
	text := r.text(variable, expected)
	if text != perUnit && text != perRequest {
		r.fail(variable, quoted(text), expected)
	}
	return text
}

func (r *reader) database(variable string) *pgxpool.Config {
	const expected = "a URL like postgresql://user:password@127.0.0.1:5432/database"
	if _, is := os.LookupEnv(variable); !is {
		return nil
	}
	text := r.text(variable, expected)
	// Of a refused URL only the scheme is shown: the rest may hold a password, and this line ends in a log.
	scheme, _, isURL := strings.Cut(text, "://")
	if !isURL {
		r.fail(variable, "a value without '://'", expected)
		return nil
	}
	if scheme != "postgresql" && scheme != "postgres" {
		r.fail(variable, scheme+"://...", expected)
		return nil
	}
	config, err := pgxpool.ParseConfig(text)
	if err != nil {
		r.fail(variable, "one that does not parse", expected)
	}
	return config
}

func onlyDigits(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

func quoted(text string) string {
	return "'" + text + "'"
}
