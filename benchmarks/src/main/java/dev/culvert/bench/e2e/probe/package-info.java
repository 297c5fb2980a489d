/** A tunnel that does nothing to packets: the bound for what TUN and UDP allow. */
package dev.culvert.bench.e2e.probe;
