//go:build tools

// Package tools names what is built from here: Stripe's own mock, at the version that go.mod pins.
package tools

import _ "github.com/stripe/stripe-mock"
