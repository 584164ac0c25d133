namespace Moldau.Log.Checkpoints;

/// <summary>
/// A small file of the log directory does not hold what it must. The directory is not opened, since guessing could lose data.
/// </summary>
internal sealed class CheckpointFormatException(string path, string problem) : IOException($"{path}: {problem}");
