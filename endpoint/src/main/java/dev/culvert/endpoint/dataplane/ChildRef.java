package dev.culvert.endpoint.dataplane;

/**
 * A child of a connection, by name.
 *
 * @param connection the connection's name
 * @param child the child's name, unique within the connection
 */
public record ChildRef(String connection, String child) {
    @Override
    public String toString() {
        return connection + "/" + child;
    }
}
