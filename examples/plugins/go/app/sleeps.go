package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"syscall"
	"time"
)

// The answer of all four; a task answers the number it was given, so that the message tells which task was fed what.
type slept struct {
	Message string `json:"message"`
}

// Adds the workloads sleep-*: four ways to wait three times.
func addSleeps(mux *http.ServeMux, settings *settings) {
	// The runtime starts an operating system's thread for every goroutine that blocks in a system call; this keeps them
	// to THREADS for each worker, as a thread pool would.
	threads := make(chan struct{}, settings.workers*settings.threads)
	sleep := settings.sleep
	mux.Handle("GET /sync_baseline", answering(func(context.Context) (int, any, error) {
		threads <- struct{}{}
		defer func() { <-threads }()
		return message("Sync tasks completed with %d, %d, %d", block(1, sleep), block(2, sleep), block(3, sleep))
	}))
	mux.Handle("GET /async_independent", answering(func(context.Context) (int, any, error) {
		return message("Async tasks completed with %d, %d, %d", wait(1, sleep), wait(2, sleep), wait(3, sleep))
	}))
	mux.Handle("GET /async_dependent", answering(func(context.Context) (int, any, error) {
		first := wait(1, sleep)
		second := wait(first, sleep)
		third := wait(second, sleep)
		return message("Async tasks completed with %d, %d, %d", first, second, third)
	}))
	mux.Handle("GET /async_concurrent", answering(func(context.Context) (int, any, error) {
		answers := atOnce(3, sleep)
		return message("Async tasks completed with [%d, %d, %d]", answers[0], answers[1], answers[2])
	}))
}

// Runs so many tasks behind a semaphore of the request's own, which lets them all through.
func atOnce(tasks int, sleep time.Duration) []int {
	answers := make([]int, tasks)
	semaphore := make(chan struct{}, tasks)
	var group sync.WaitGroup
	for number := range tasks {
		group.Go(func() {
			semaphore <- struct{}{}
			defer func() { <-semaphore }()
			answers[number] = wait(number, sleep)
		})
	}
	group.Wait()
	return answers
}

// Parks the goroutine; its thread serves others.
func wait(number int, sleep time.Duration) int {
	time.Sleep(sleep)
	return number
}

// Blocks the thread: time.Sleep would only park the goroutine. The runtime's own signals cut the call short.
func block(number int, sleep time.Duration) int {
	left := syscall.NsecToTimespec(sleep.Nanoseconds())
	for errors.Is(syscall.Nanosleep(&left, &left), syscall.EINTR) {
	}
	return number
}

func message(format string, numbers ...any) (int, any, error) {
	return http.StatusOK, slept{fmt.Sprintf(format, numbers...)}, nil
}
