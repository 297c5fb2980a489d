/**
 * The ring "real": Culvert against strongSwan and against itself, in network namespaces, with
 * packets on wires.
 */
package dev.culvert.endpoint.real;
