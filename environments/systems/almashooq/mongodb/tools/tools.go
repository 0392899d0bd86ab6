//go:build tools

// Package tools names the programs that are built, so that their module is one of ours.
package tools
