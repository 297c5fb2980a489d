/**
 * Threads that seal and open packets for the agents: one SA over more than one core.
 *
 * <p>An agent fills a {@link dev.culvert.esp.worker.CryptoJob} of its {@link
 * dev.culvert.esp.worker.JobLane}, hands it over and takes it back; jobs come back in the order in
 * which they were handed over, whichever worker is first. Rings carry references to jobs that were
 * made at the start, never packets.
 */
package dev.culvert.esp.worker;
