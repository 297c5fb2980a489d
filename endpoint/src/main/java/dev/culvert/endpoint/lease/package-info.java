/** The file in which leases of virtual addresses outlive the daemon. */
package dev.culvert.endpoint.lease;
