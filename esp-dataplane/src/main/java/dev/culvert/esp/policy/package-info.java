/** Outbound policy: selectors, their order, and the packets that wait for an SA. */
package dev.culvert.esp.policy;
