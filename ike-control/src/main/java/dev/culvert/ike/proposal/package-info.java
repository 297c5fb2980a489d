/** Algorithms, proposals and how two sides agree on one (RFC 7296, sections 2.7 and 3.3). */
package dev.culvert.ike.proposal;
