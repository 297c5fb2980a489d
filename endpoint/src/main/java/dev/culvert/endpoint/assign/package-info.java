/** What peers assign to this host: addresses on the TUN interface, and name servers. */
package dev.culvert.endpoint.assign;
