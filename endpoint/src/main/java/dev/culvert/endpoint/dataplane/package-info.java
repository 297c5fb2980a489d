/**
 * Between the IKE engine and the ESP dataplane, which do not know each other: translates records,
 * keeps policies and routes in step with SAs, and computes MTUs.
 */
package dev.culvert.endpoint.dataplane;
