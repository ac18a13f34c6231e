package main

import (
	"context"
	"flag"
	"runtime"
	"runtime/debug"

	"github.com/communecter/coopspace/httpapi"
)

func versionCommand() command {
	return command{
		name: "version", summary: "say which version this is",
		run: func(_ context.Context, t terminal, f *flag.FlagSet, args []string) error {
			if _, err := parse(f, args); err != nil {
				return err
			}
			version := "unknown"
			if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
				version = info.Main.Version
			}
			t.say("coopspace %s, API %s, %s %s/%s", version, httpapi.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return nil
		},
	}
}
