/** The set-up: two namespaces on one machine, and the processes in them. */
package dev.culvert.bench.e2e.lab;
