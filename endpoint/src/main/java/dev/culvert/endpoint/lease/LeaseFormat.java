package dev.culvert.endpoint.lease;

import dev.culvert.ike.id.Identity;
import dev.culvert.ike.lease.SavedLease;
import dev.culvert.ike.wire.Bytes;
import dev.culvert.ike.wire.IpAddress;
import dev.culvert.ike.wire.Parsed;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Leases as text: a line that says what the file is, one line for each lease with the pool, the
 * address and the identity's type and data as on the wire (RFC 7296 section 3.5), and a line with
 * their number, by which a file that was cut short is known.
 *
 * <pre>
 * culvert leases 1
 * four 10.3.0.7 2:6c6170746f702e6578616d706c65
 * end 1
 * </pre>
 */
final class LeaseFormat {
    /** Enough for more than 100,000 clients; what is longer than that is not read. */
    static final int MOST_BYTES = 16 << 20;

    private static final String HEADER = "culvert leases 1";
    private static final int RESERVED_BYTES = 64;
    private static final Pattern LEASE =
            Pattern.compile("(\\S+) (\\S+) ([0-9]{1,3}):((?:[0-9a-f]{2})*)");
    private static final Pattern END = Pattern.compile("end ([0-9]{1,9})");
    private static final int HIGHEST_TYPE = 255;

    private LeaseFormat() {}

    /**
     * The text of some leases; when they do not all fit, the first ones are left out.
     *
     * @param leases those that matter least first
     */
    static byte[] write(List<SavedLease> leases) {
        Deque<String> lines = new ArrayDeque<>();
        int bytes = RESERVED_BYTES;
        for (SavedLease lease : leases.reversed()) {
            String line = line(lease);
            if (!LEASE.matcher(line).matches()) {
                // A pool that was loaded over the control socket may have any name.
                continue;
            }
            bytes += line.length() + 1;
            if (bytes > MOST_BYTES) {
                break;
            }
            lines.addFirst(line);
        }
        StringBuilder text = new StringBuilder(bytes).append(HEADER).append('\n');
        lines.forEach(line -> text.append(line).append('\n'));
        text.append("end ").append(lines.size()).append('\n');
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static String line(SavedLease lease) {
        return lease.pool()
                + " "
                + lease.address()
                + " "
                + lease.identity().typeValue()
                + ":"
                + HexFormat.of().formatHex(lease.identity().wireData().toArray());
    }

    /** Reads what {@link #write} made; all of it or nothing. */
    static Parsed<List<SavedLease>> read(byte[] bytes) {
        List<String> lines = new String(bytes, StandardCharsets.UTF_8).lines().toList();
        if (lines.isEmpty() || !lines.getFirst().equals(HEADER)) {
            return Parsed.failed("line 1: expected \"" + HEADER + "\"");
        }
        List<SavedLease> leases = new ArrayList<>();
        for (int i = 1; i < lines.size() - 1; i++) {
            Optional<SavedLease> lease = lease(lines.get(i));
            if (lease.isEmpty()) {
                return Parsed.failed(
                        "line " + (i + 1) + ": expected a pool, an address and an identity");
            }
            leases.add(lease.get());
        }
        Matcher end = END.matcher(lines.getLast());
        boolean whole = end.matches() && Integer.parseInt(end.group(1)) == leases.size();
        return whole
                ? Parsed.ok(leases)
                : Parsed.failed(
                        "line "
                                + lines.size()
                                + ": expected \"end "
                                + leases.size()
                                + "\"; the file was cut short");
    }

    private static Optional<SavedLease> lease(String line) {
        Matcher parts = LEASE.matcher(line);
        if (!parts.matches()) {
            return Optional.empty();
        }
        int type = Integer.parseInt(parts.group(3));
        Bytes data = Bytes.of(HexFormat.of().parseHex(parts.group(4)));
        return IpAddress.parse(parts.group(2))
                .filter(_ -> type <= HIGHEST_TYPE)
                .map(address ->
                        new SavedLease(parts.group(1), address, Identity.ofWire(type, data)));
    }
}
