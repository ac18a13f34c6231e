package pgtest

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit in which Linux tells processor time.
const tick = time.Second / 100

// Processor gives the processor time that the server has taken so far, all its processes together.
func (c *Cluster) Processor() (time.Duration, error) {
	file, err := os.ReadFile(filepath.Join(c.data(), "postmaster.pid"))
	if err != nil {
		return 0, err
	}
	first, _, _ := strings.Cut(string(file), "\n")
	root, err := strconv.Atoi(first)
	if err != nil {
		return 0, err
	}
	all, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, err
	}
	var sum time.Duration
	for _, path := range all {
		s, err := readStat(path)
		switch {
		case err != nil: // it is gone: its parent has its time
		case s.pid == root:
			sum += s.own + s.children
		case s.parent == root:
			sum += s.own
		}
	}
	return sum, nil
}

// ProcessorOf gives the processor time that a process has taken so far.
func ProcessorOf(pid int) (time.Duration, error) {
	s, err := readStat(fmt.Sprintf("/proc/%d/stat", pid))
	return s.own, err
}

type stat struct {
	pid, parent   int
	own, children time.Duration
}

func readStat(path string) (stat, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return stat{}, err
	}
	pid, rest, _ := strings.Cut(string(data), " ")
	_, rest, ok := strings.Cut(rest, ") ") // the name may hold anything else
	f := strings.Fields(rest)
	if !ok || len(f) < 15 {
		return stat{}, fmt.Errorf("%s cannot be read", path)
	}
	var n [6]int64
	for i, text := range []string{pid, f[1], f[11], f[12], f[13], f[14]} {
		if n[i], err = strconv.ParseInt(text, 10, 64); err != nil {
			return stat{}, err
		}
	}
	return stat{int(n[0]), int(n[1]), time.Duration(n[2]+n[3]) * tick, time.Duration(n[4]+n[5]) * tick}, nil
}
