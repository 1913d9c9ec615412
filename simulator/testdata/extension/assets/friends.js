document.documentElement.dataset.friends = "loaded";
