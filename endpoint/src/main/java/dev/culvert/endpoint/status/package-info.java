/** Puts together what a status report shows from the engine, the dataplane and the host. */
package dev.culvert.endpoint.status;
