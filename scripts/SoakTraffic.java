import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Moderate, evenly spaced traffic for a soak, run from source: {@code serve ADDRESS PORT} sends back what comes over TCP and
 * UDP; {@code drive LOCAL-ADDRESS ADDRESS PORT SECONDS} keeps some TCP connections and a stream of numbered datagrams going,
 * and checks what comes back. At its end it prints lines that {@code SoakVerdict.java} reads: {@code tcp CONNECTIONS LOST
 * BYTES}, {@code udp SENT RETURNED}, and {@code lost EPOCH-MILLIS} for each datagram that did not come back.
 */
final class SoakTraffic {
    private static final int CONNECTIONS = 4;
    private static final int TICKS_PER_SECOND = 10;
    private static final int BLOCK_BYTES = 5_000;
    private static final int DATAGRAMS_PER_TICK = 5;
    private static final int DATAGRAM_BYTES = 600;
    private static final int STALL_MS = 60_000;
    private static final int LAST_WAIT_MS = 3_000;

    private SoakTraffic() {}

    public static void main(String[] args) throws Exception {
        InetAddress address = InetAddress.getByName(args[1]);
        switch (args[0]) {
            case "serve" -> serve(address, Integer.parseInt(args[2]));
            case "drive" -> drive(
                    address,
                    new InetSocketAddress(args[2], Integer.parseInt(args[3])),
                    Integer.parseInt(args[4]));
            case String other -> throw new IllegalArgumentException(other + ": expected serve or drive");
        }
    }

    private static void serve(InetAddress address, int port) throws IOException {
        Thread.ofPlatform().daemon().start(() -> reflectDatagrams(address, port));
        try (ServerSocket server = new ServerSocket(port, CONNECTIONS, address)) {
            System.out.println("ready");
            while (true) {
                Socket socket = server.accept();
                Thread.ofPlatform().daemon().start(() -> reflect(socket));
            }
        }
    }

    private static void reflect(Socket socket) {
        try (socket) {
            socket.getInputStream().transferTo(socket.getOutputStream());
        } catch (IOException e) {
            System.out.println("connection lost at the server: " + e);
        }
    }

    private static void reflectDatagrams(InetAddress address, int port) {
        try (DatagramSocket socket = new DatagramSocket(port, address)) {
            DatagramPacket packet = new DatagramPacket(new byte[2048], 2048);
            while (true) {
                packet.setLength(2048);
                socket.receive(packet);
                socket.send(packet);
            }
        } catch (IOException e) {
            System.out.println("no more datagrams: " + e);
        }
    }

    private static void drive(InetAddress local, InetSocketAddress server, int seconds) throws Exception {
        AtomicLong lost = new AtomicLong();
        AtomicLong bytes = new AtomicLong();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < CONNECTIONS; i++) {
            long seed = i;
            threads.add(Thread.ofPlatform().start(() -> {
                try {
                    bytes.addAndGet(connection(local, server, seconds, seed));
                } catch (IOException | InterruptedException e) {
                    lost.incrementAndGet();
                    System.out.println("connection lost at " + Instant.now() + ": " + e);
                }
            }));
        }
        datagrams(local, server, seconds);
        for (Thread thread : threads) {
            thread.join();
        }
        System.out.printf("tcp %d %d %d%n", CONNECTIONS, lost.get(), bytes.get());
    }

    /** One connection for the whole time; each byte that comes back is compared. */
    private static long connection(InetAddress local, InetSocketAddress server, int seconds, long seed)
            throws IOException, InterruptedException {
        long blocks = (long) seconds * TICKS_PER_SECOND;
        try (Socket socket = new Socket()) {
            socket.bind(new InetSocketAddress(local, 0));
            socket.connect(server, STALL_MS);
            socket.setSoTimeout(STALL_MS);
            IOException[] failure = new IOException[1];
            InputStream in = socket.getInputStream();
            Thread reader = Thread.ofPlatform().start(() -> failure[0] = compare(in, blocks, seed));
            Random random = new Random(seed);
            byte[] block = new byte[BLOCK_BYTES];
            long startNs = System.nanoTime();
            for (long i = 0; i < blocks && reader.isAlive(); i++) {
                pause(startNs, i);
                random.nextBytes(block);
                socket.getOutputStream().write(block);
            }
            reader.join();
            if (failure[0] != null) {
                throw failure[0];
            }
        }
        return blocks * BLOCK_BYTES;
    }

    /** Empty-handed, or why not all came back. */
    private static IOException compare(InputStream stream, long blocks, long seed) {
        DataInputStream in = new DataInputStream(stream);
        Random random = new Random(seed);
        byte[] expected = new byte[BLOCK_BYTES];
        byte[] came = new byte[BLOCK_BYTES];
        try {
            for (long i = 0; i < blocks; i++) {
                random.nextBytes(expected);
                in.readFully(came);
                if (!java.util.Arrays.equals(came, expected)) {
                    return new IOException("other bytes came back in block " + i);
                }
            }
            return null;
        } catch (IOException e) {
            return e;
        }
    }

    private static void datagrams(InetAddress local, InetSocketAddress server, int seconds) throws Exception {
        int count = seconds * TICKS_PER_SECOND * DATAGRAMS_PER_TICK;
        long[] sentAtMs = new long[count];
        AtomicIntegerArray returned = new AtomicIntegerArray(count);
        try (DatagramSocket socket = new DatagramSocket(0, local)) {
            socket.setSoTimeout(LAST_WAIT_MS);
            Thread reader = Thread.ofPlatform().start(() -> collect(socket, returned));
            long startNs = System.nanoTime();
            ByteBuffer data = ByteBuffer.allocate(DATAGRAM_BYTES);
            for (int number = 0; number < count; number++) {
                if (number % DATAGRAMS_PER_TICK == 0) {
                    pause(startNs, number / DATAGRAMS_PER_TICK);
                }
                sentAtMs[number] = System.currentTimeMillis();
                send(socket, new DatagramPacket(data.putInt(0, number).array(), DATAGRAM_BYTES, server));
            }
            reader.join();
        }
        int back = 0;
        for (int number = 0; number < count; number++) {
            if (returned.get(number) > 0) {
                back++;
            } else {
                System.out.println("lost " + sentAtMs[number]);
            }
        }
        System.out.printf("udp %d %d%n", count, back);
    }

    /** What the host refuses to send is lost like what the network loses. */
    private static void send(DatagramSocket socket, DatagramPacket packet) {
        try {
            socket.send(packet);
        } catch (IOException e) {
            System.out.println("not sent at " + System.currentTimeMillis() + ": " + e.getMessage());
        }
    }

    /** Until nothing comes any more. */
    private static void collect(DatagramSocket socket, AtomicIntegerArray returned) {
        DatagramPacket packet = new DatagramPacket(new byte[2048], 2048);
        int silences = 0;
        while (silences * LAST_WAIT_MS < STALL_MS) {
            try {
                socket.receive(packet);
                silences = 0;
                int number = ByteBuffer.wrap(packet.getData()).getInt();
                returned.incrementAndGet(number);
                if (number == returned.length() - 1) {
                    silences = STALL_MS / LAST_WAIT_MS - 1;
                }
            } catch (SocketTimeoutException e) {
                silences++;
            } catch (IOException e) {
                // An ICMP error of a moment without a route: the next datagrams tell.
                silences = 0;
            }
        }
    }

    /** Until a tick's moment; who is late sends at once. */
    private static void pause(long startNs, long tick) throws InterruptedException {
        long leftNs = startNs + tick * 1_000_000_000L / TICKS_PER_SECOND - System.nanoTime();
        if (leftNs > 0) {
            TimeUnit.NANOSECONDS.sleep(leftNs);
        }
    }
}
