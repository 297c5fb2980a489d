package dev.culvert.tun;

import static dev.culvert.tun.NetlinkDescriptor.*;

import org.agrona.DirectBuffer;

/** Reads the kernel's explanation (extended acknowledgement) from {@code struct nlmsgerr}. */
final class NetlinkErrors {
    private NetlinkErrors() {}

    /** The explanation in the error message at {@code offset}; empty if it carries none. */
    static String text(DirectBuffer buffer, int flags, int offset, int end) {
        int request = offset + ERROR_LENGTH_BYTES;
        if ((flags & NLM_F_ACK_TLVS) == 0 || request + HEADER_LENGTH_BYTES > end) {
            return "";
        }
        boolean capped = (flags & NLM_F_CAPPED) != 0;
        int echoed = capped ? HEADER_LENGTH_BYTES : align(buffer.getInt(request));
        if (echoed < HEADER_LENGTH_BYTES || echoed > end - request) {
            return "";
        }
        AttributeReader reader = new AttributeReader(buffer, request + echoed, end);
        while (reader.next()) {
            if (reader.type() == NLMSGERR_ATTR_MSG) {
                return reader.string();
            }
        }
        return "";
    }
}
