/**
 * vici, the control protocol that strongSwan's tools speak: the codec, the server that answers for
 * a {@link dev.culvert.endpoint.vici.DaemonControl}, and the client that the command line uses.
 */
package dev.culvert.endpoint.vici;
