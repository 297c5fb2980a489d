/** What was measured, as a table, JSON and charts. */
package dev.culvert.bench.e2e.report;
