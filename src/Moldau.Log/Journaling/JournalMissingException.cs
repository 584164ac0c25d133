namespace Moldau.Log.Journaling;

/// <summary>A log directory that was not stopped cleanly has no journal beside it: it was copied or moved without it, say.</summary>
/// <param name="directory">The log directory.</param>
/// <param name="journal">Where its journal is to be.</param>
internal sealed class JournalMissingException(string directory, string journal) : IOException(
    $"{directory} was not stopped cleanly, and its journal is not at {journal}: what was acknowledged last may be in the journal only. Put the journal there. "
    + "If it is lost, make an empty directory of that name, and what the log holds is all there is.");
