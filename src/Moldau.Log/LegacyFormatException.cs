namespace Moldau.Log;

/// <summary>A log holds messages of a format that is not read here. The directory is not opened, since a repair would take them away.</summary>
internal sealed class LegacyFormatException(string path, long position) : IOException(
    $"{path}: the message at byte {position} is in the format of Kafka before 0.11, which Moldau does not read. "
    + "With Apache Kafka running on the directory, copy the topic into a new one and delete the old one.");
