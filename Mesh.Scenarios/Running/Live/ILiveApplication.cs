namespace Mesh.Scenarios.Running.Live;

/// <summary>What a sidecar of the live world stands before. To dispose of it is to end it with time for what is under way.</summary>
internal interface ILiveApplication : IAsyncDisposable
{
    /// <summary>Ends it at once, as a crash does.</summary>
    Task KillAsync();
}
