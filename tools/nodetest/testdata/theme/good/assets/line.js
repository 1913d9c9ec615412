document.querySelectorAll('.friends-line');
