import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;

/**
 * A TCP transfer with checked content, run from source: {@code receive ADDRESS PORT} takes one connection, {@code send
 * LOCAL-ADDRESS ADDRESS PORT SECONDS} fills it with random bytes. The receiver answers with the number of bytes and their
 * checksum; the sender compares them with its own, and prints one line with the rate.
 */
final class TcpTransfer {
    private static final int BLOCK_BYTES = 64 * 1024;
    private static final long RETRY_NS = TimeUnit.SECONDS.toNanos(10);

    private TcpTransfer() {}

    public static void main(String[] args) throws Exception {
        switch (args[0]) {
            case "receive" -> receive(args[1], Integer.parseInt(args[2]));
            case "send" -> send(args[1], args[2], Integer.parseInt(args[3]), Integer.parseInt(args[4]));
            case String other -> throw new IllegalArgumentException(other + ": expected send or receive");
        }
    }

    private static void receive(String address, int port) throws IOException {
        try (ServerSocket server = new ServerSocket(port, 1, InetAddress.getByName(address));
                Socket socket = server.accept()) {
            byte[] block = new byte[BLOCK_BYTES];
            CRC32C checksum = new CRC32C();
            long totalBytes = 0;
            for (int n = socket.getInputStream().read(block); n >= 0; n = socket.getInputStream().read(block)) {
                checksum.update(block, 0, n);
                totalBytes += n;
            }
            DataOutputStream out = new DataOutputStream(socket.getOutputStream());
            out.writeLong(totalBytes);
            out.writeLong(checksum.getValue());
            out.flush();
        }
    }

    private static void send(String local, String address, int port, int seconds) throws Exception {
        // More random bytes than a window holds, sent from a moving start, so that no two segments are alike.
        byte[] random = new byte[16 * BLOCK_BYTES];
        new Random().nextBytes(random);
        CRC32C checksum = new CRC32C();
        long totalBytes = 0;
        try (Socket socket = connect(local, address, port)) {
            long startNs = System.nanoTime();
            long endNs = startNs + TimeUnit.SECONDS.toNanos(seconds);
            for (int offset = 0; System.nanoTime() < endNs; offset = (offset + 4099) % (random.length - BLOCK_BYTES)) {
                socket.getOutputStream().write(random, offset, BLOCK_BYTES);
                checksum.update(random, offset, BLOCK_BYTES);
                totalBytes += BLOCK_BYTES;
            }
            socket.shutdownOutput();
            DataInputStream in = new DataInputStream(socket.getInputStream());
            long receivedBytes = in.readLong();
            long receivedChecksum = in.readLong();
            double elapsedSeconds = (System.nanoTime() - startNs) / 1e9;
            if (receivedBytes != totalBytes || receivedChecksum != checksum.getValue()) {
                System.err.printf("sent %d bytes (CRC %x), the receiver has %d (CRC %x)%n",
                        totalBytes, checksum.getValue(), receivedBytes, receivedChecksum);
                System.exit(1);
            }
            System.out.printf("%.1f MB in %.1f s, %.0f Mbit/s, content checked at the receiver%n",
                    totalBytes / 1e6, elapsedSeconds, totalBytes * 8 / 1e6 / elapsedSeconds);
        }
    }

    /** The receiver may still be starting. */
    private static Socket connect(String local, String address, int port) throws Exception {
        long giveUpNs = System.nanoTime() + RETRY_NS;
        while (true) {
            Socket socket = new Socket();
            try {
                socket.bind(new InetSocketAddress(local, 0));
                socket.connect(new InetSocketAddress(address, port), 5000);
                return socket;
            } catch (IOException e) {
                socket.close();
                if (System.nanoTime() > giveUpNs) {
                    throw e;
                }
                Thread.sleep(100);
            }
        }
    }
}
