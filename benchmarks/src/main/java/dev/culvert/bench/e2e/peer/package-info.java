/** What is measured: Culvert, others, and the bounds. */
package dev.culvert.bench.e2e.peer;
