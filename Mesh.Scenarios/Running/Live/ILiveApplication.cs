namespace Mesh.Scenarios.Running.Live;

/// <summary>What a sidecar of the live world stands before. To dispose of it is to end it with time for what is under way.</summary>
internal interface ILiveApplication : IAsyncDisposable
{
    /// <summary>The process that it has for itself; <c>null</c> where it has none, or where it is not ours.</summary>
    int? ProcessId { get; }

    /// <summary>Ends it at once, as a crash does.</summary>
    Task KillAsync();

    /// <summary>Lets its process stand still, until the answer is disposed of, or this process is gone.</summary>
    /// <exception cref="InvalidOperationException">It has no process of its own.</exception>
    Task<IAsyncDisposable> PauseAsync();
}
