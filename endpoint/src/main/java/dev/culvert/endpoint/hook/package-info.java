/** Programs of the host that the daemon starts: off the control thread, for a bounded time. */
package dev.culvert.endpoint.hook;
