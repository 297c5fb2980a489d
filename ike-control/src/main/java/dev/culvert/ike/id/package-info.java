/** Identities of peers (RFC 7296, section 3.5). */
package dev.culvert.ike.id;
