package dev.culvert.endpoint.vici;

/**
 * Layout of vici on a stream socket, after strongSwan's protocol description
 * (src/libcharon/plugins/vici, README). All integers are big-endian.
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------------------------------------------------------+
 * |           Length of the packet, without this field            |
 * +---------------+---------------+-------------------------------+
 * |     Type      | Name length * |   Name *  ...                 |
 * +---------------+---------------+-------------------------------+
 * |   Message elements **  ...                                    |
 * +---------------------------------------------------------------+
 *    * commands, events and their registration;  ** commands, responses and events
 *
 *   section start:  | 1 | name length (8) | name |
 *   section end:    | 2 |
 *   key and value:  | 3 | name length (8) | name | value length (16) | value |
 *   list start:     | 4 | name length (8) | name |
 *   list item:      | 5 | value length (16) | value |
 *   list end:       | 6 |
 * </pre>
 */
final class ViciDescriptor {
    static final int LENGTH_BYTES = 4;
    static final int MOST_PACKET_BYTES = 512 * 1024;
    static final int MOST_NAME_BYTES = 255;
    static final int MOST_VALUE_BYTES = 65535;
    static final int MOST_SECTION_LEVELS = 16;

    static final int CMD_REQUEST = 0;
    static final int CMD_RESPONSE = 1;
    static final int CMD_UNKNOWN = 2;
    static final int EVENT_REGISTER = 3;
    static final int EVENT_UNREGISTER = 4;
    static final int EVENT_CONFIRM = 5;
    static final int EVENT_UNKNOWN = 6;
    static final int EVENT = 7;

    static final int SECTION_START = 1;
    static final int SECTION_END = 2;
    static final int KEY_VALUE = 3;
    static final int LIST_START = 4;
    static final int LIST_ITEM = 5;
    static final int LIST_END = 6;

    private ViciDescriptor() {}
}
