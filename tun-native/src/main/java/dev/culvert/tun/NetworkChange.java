package dev.culvert.tun;

/** Something that changed in this network namespace, whoever changed it. */
public sealed interface NetworkChange {
    /** An interface appeared or changed. */
    record LinkChanged(Link link) implements NetworkChange {}

    /** An interface went. */
    record LinkRemoved(Link link) implements NetworkChange {}

    /** An address appeared or changed. */
    record AddressChanged(InterfaceAddress address) implements NetworkChange {}

    /** An address went. */
    record AddressRemoved(InterfaceAddress address) implements NetworkChange {}

    /** A route appeared or changed. */
    record RouteChanged(Route route) implements NetworkChange {}

    /** A route went. */
    record RouteRemoved(Route route) implements NetworkChange {}

    /** The kernel dropped notices because they were not read in time: look at everything again. */
    record Overrun() implements NetworkChange {}
}
