package dev.culvert.endpoint.vici;

/** What is in one frame. */
public sealed interface ViciPacket {

    /** A client's command. */
    record CommandRequest(String name, ViciSection message) implements ViciPacket {}

    /** The answer to a command. */
    record CommandResponse(ViciSection message) implements ViciPacket {}

    /** There is no such command. */
    record CommandUnknown() implements ViciPacket {}

    /** A client wants to hear of events. */
    record EventRegister(String name) implements ViciPacket {}

    /** A client no longer wants to. */
    record EventUnregister(String name) implements ViciPacket {}

    /** The answer to both. */
    record EventConfirm() implements ViciPacket {}

    /** There is no such event, or it was not registered. */
    record EventUnknown() implements ViciPacket {}

    /** Something happened. */
    record Event(String name, ViciSection message) implements ViciPacket {}
}
