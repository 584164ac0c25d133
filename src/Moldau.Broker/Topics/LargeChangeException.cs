namespace Moldau.Broker.Topics;

/// <summary>A request asks for more than the metadata takes as one change. Nothing of it is done.</summary>
internal sealed class LargeChangeException(int records, int recordsMax)
    : Exception($"The request needs {records} records of metadata; one change has at most {recordsMax}. Ask for it in parts.");
