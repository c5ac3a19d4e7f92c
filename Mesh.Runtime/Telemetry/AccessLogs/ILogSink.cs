namespace Mesh.Runtime.Telemetry.AccessLogs;

/// <summary>Where an access log's batches go. Called by one writer, one batch after the other.</summary>
internal interface ILogSink : IAsyncDisposable
{
    /// <summary>Its name as the metric of dropped requests has it.</summary>
    string Name { get; }

    /// <summary>How many requests a batch has at most.</summary>
    int MaxCount { get; }

    /// <summary>How many bytes a batch has, about, at most.</summary>
    int MaxBytes { get; }

    /// <summary>How long a batch waits for more; zero sends what is there.</summary>
    TimeSpan MaxWait { get; }

    /// <summary>Takes a batch, and returns how many of its requests were lost for good. It may take its time: the queue behind it is bounded.</summary>
    /// <param name="batch">The batch, valid until the task is over.</param>
    /// <param name="cancellation">Cancelled when there is no more time; what is not delivered by then is lost.</param>
    ValueTask<int> WriteAsync(LogBatch batch, CancellationToken cancellation);
}
