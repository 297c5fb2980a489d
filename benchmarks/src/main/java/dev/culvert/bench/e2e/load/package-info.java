/** The traffic that goes through each peer, and what is measured of it. */
package dev.culvert.bench.e2e.load;
