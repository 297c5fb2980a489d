/** Small values that everything on the wire is made of. */
package dev.culvert.ike.wire;
