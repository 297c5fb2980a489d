/** The end-to-end bench: the same load through Culvert and its peers, one after another. */
package dev.culvert.bench.e2e;
