package main

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
)

const dataLength = 1000

// What stands in the file.
type record struct {
	Timestamp float64 `json:"timestamp"`
	Data      string  `json:"data"`
}

// Writes a file of its own in the folder for temporary files, reads it back, parses it and removes it, the last in any
// case.
func runFileUnit() (err error) {
	file, err := os.CreateTemp("", "*.json")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(file.Name())) }()
	if err := write(file, record{unixSeconds(), strings.Repeat("x", dataLength)}); err != nil {
		return err
	}
	text, err := os.ReadFile(file.Name())
	if err != nil {
		return err
	}
	var read record
	return json.Unmarshal(text, &read)
}

func write(file *os.File, content record) error {
	text, err := json.Marshal(content)
	if err == nil {
		_, err = file.Write(text)
	}
	return errors.Join(err, file.Close())
}
